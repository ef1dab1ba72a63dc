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

# FFmpeg's releases that the program knows, newest first, by the versions of libavformat and libavcodec, libavutil, libswscale.
releases='61:59:8 60:58:7 59:57:6'

# True when the loader finds the four libraries of one release.
have_ffmpeg() {
    found=$({
        PATH="$PATH:/usr/sbin:/sbin" ldconfig -p
        IFS=:
        for folder in ${LD_LIBRARY_PATH:-}; do ls "$folder"; done
    } 2> /dev/null || true)
    for release in $releases; do
        missing=false
        for library in $(libraries "$release" .so.); do
            case $found in
                *"$library"*) ;;
                *) missing=true ;;
            esac
        done
        [ $missing = true ] || return 0
    done
    return 1
}

# `libraries 59:57:6 .so.` names files, `libraries 59:57:6 ''` the packages of Debian and Ubuntu.
libraries() {
    codec=${1%%:*} scale=${1##*:} util=${1#*:}
    echo "libavformat$2$codec" "libavcodec$2$codec" "libavutil$2${util%:*}" "libswscale$2$scale"
}

# The newest release that this system's packages hold.
ffmpeg_packages() {
    for release in $releases; do
        if apt-get install --simulate --no-install-recommends $(libraries "$release" '') > /dev/null 2>&1; then
            libraries "$release" ''
            return
        fi
    done
}

require_ffmpeg() {
    if have_ffmpeg; then
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
