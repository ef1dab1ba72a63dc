global using DoRA.Kernels;
