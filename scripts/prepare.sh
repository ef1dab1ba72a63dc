# Sourced by ./dora: what a machine needs before the program can be built and run.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
yes=${CI:-false}

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "dora: $*"
    exit 2
}

require_dotnet() {
    command -v dotnet > /dev/null 2>&1 ||
        fail "the .NET SDK is missing; install version 10 (https://dotnet.microsoft.com/download or your system's package dotnet-sdk-10.0)."
    (cd "$root" && dotnet --version > /dev/null 2>&1) ||
        fail "this project needs the .NET SDK 10; found only: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')- install version 10."
}

# True when the loader finds every library that decoding needs, in a version that the program knows.
have_ffmpeg() {
    found=$(PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2> /dev/null || true)
    for pattern in 'libavformat\.so\.(59|60|61)' 'libavcodec\.so\.(59|60|61)' 'libavutil\.so\.(57|58|59)' 'libswscale\.so\.(6|7|8)'; do
        printf '%s' "$found" | grep -Eq "$pattern" || return 1
    done
}

# Debian and Ubuntu name the packages by version; the newest set that this system offers.
ffmpeg_packages() {
    for set in 'libavformat61 libavcodec61 libavutil59 libswscale8' \
               'libavformat60 libavcodec60 libavutil58 libswscale7' \
               'libavformat59 libavcodec59 libavutil57 libswscale6'; do
        if apt-get install --simulate --no-install-recommends $set > /dev/null 2>&1; then
            printf '%s' "$set"
            return
        fi
    done
}

require_ffmpeg() {
    # DORA_FFMPEG names a folder with libraries of one's own; macOS and others have no ldconfig to ask.
    if [ -n "${DORA_FFMPEG:-}" ] || have_ffmpeg; then
        return
    fi

    command -v apt-get > /dev/null 2>&1 ||
        fail "FFmpeg's libraries (5.1, 6.1 or 7.1) are missing and this system has no apt; install FFmpeg's shared libraries with your package manager."

    sudo=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo > /dev/null 2>&1 ||
            fail "FFmpeg's libraries are missing; as root, run: apt-get update && apt-get install --no-install-recommends ffmpeg"
        sudo=sudo
    fi

    if [ "$yes" != true ]; then
        [ -t 0 ] || fail "FFmpeg's libraries are missing; run this again with --yes to install them with apt-get."
        printf 'FFmpeg'\''s libraries are missing. Install them with %s apt-get (libavformat, libavcodec, libavutil, libswscale)? [Y/n] ' "$sudo" >&2
        read -r answer
        case $answer in
            [nN]*) fail "nothing was installed; videos cannot be read without FFmpeg's libraries." ;;
        esac
    fi

    say "Installing FFmpeg's libraries: apt-get update, then apt-get install."
    log=$(mktemp)
    $sudo apt-get update -q > "$log" 2>&1 || { cat "$log" >&2; fail "apt-get update failed (above)."; }
    packages=$(ffmpeg_packages)
    [ -n "$packages" ] || fail "this system's packages hold none of FFmpeg 5.1, 6.1 and 7.1; install one of them from elsewhere."
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $packages > "$log" 2>&1 ||
        { cat "$log" >&2; fail "apt-get install $packages failed (above)."; }
    rm -f "$log"
    say "Installed: $packages."
}

# Builds quietly; the compiler's words are shown only when it fails.
build() {
    log=$(mktemp)
    if ! dotnet build "$1" -c Release -v q --nologo > "$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        say "dora: the build failed (above)."
        exit 1
    fi
    rm -f "$log"
}
