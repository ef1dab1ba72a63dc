global using DoRA.Kernels;
// How every decoded instruction is executed: for all lanes of one warp whose bit in the mask is set.
global using unsafe Handler = delegate*<DoRA.PtxMachine.Execution.Warp, DoRA.PtxMachine.Execution.Instruction*, uint, void>;
