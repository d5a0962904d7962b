# Sourced by the other scripts: installs tools under target/, and ends background processes when a script ends.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export SAM_CLI_TELEMETRY=0 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1

say() { printf '%s\n' "$*"; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

# venv NAME: installs infra/requirements-NAME.txt into target/venv-NAME, unless it is up to date.
venv() {
    local dir=target/venv-$1 wanted=infra/requirements-$1.txt
    cmp -s "$wanted" "$dir/requirements.txt" && return
    say "Installing $wanted into $dir"
    mkdir -p target
    [[ -x $dir/bin/pip ]] || python3 -m venv "$dir" \
        || die "python3 cannot make a virtual environment. Install Python 3.10 or later with venv (Debian: python3-venv)."
    # The list is complete and names the hash of every file: pip takes nothing else, and looks for nothing more.
    scripts/download "$dir/bin/pip" install --quiet --no-deps --require-hashes --requirement "$wanted"
    cp "$wanted" "$dir/requirements.txt"
}

# tool CRATE VERSION: installs that version of a cargo command into target/tools/bin, and puts this folder first in
# PATH.
tool() {
    export PATH=$PWD/target/tools/bin:$PATH
    [[ $(cargo install --root target/tools --list) == *"$1 v$2:"* ]] && return
    say "Building $1 $2 into target/tools"
    # Unoptimised, because building takes longer than running.
    scripts/download cargo install --quiet --locked --debug --root target/tools "$1@$2"
}

# Processes started by `background` are ended with their children when the script ends, for any reason.
background_groups=()
end_background() {
    local group
    for group in ${background_groups[@]+"${background_groups[@]}"}; do
        kill -TERM -- "-$group" 2>/dev/null || true
        wait "$group" 2>/dev/null || true
        kill -KILL -- "-$group" 2>/dev/null || true # functions that the emulator left behind
    done
}
trap end_background EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# background LOG COMMAND...: runs the command in its own process group and writes its output to LOG.
background() {
    local log=$1
    shift
    setsid "$@" >"$log" 2>&1 </dev/null &
    background_groups+=($!)
}

# until_ready SECONDS WHAT LOG COMMAND...: waits until the command succeeds for the process that was started last.
# Prints LOG if that process ends first, or if the time is over.
until_ready() {
    local deadline=$((SECONDS + $1)) what=$2 log=$3
    shift 3
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS >= deadline)) || ! kill -0 "${background_groups[-1]}" 2>/dev/null; then
            tail -n 50 "$log" >&2
            die "$what did not start. Its log ends as above: $log"
        fi
        sleep 0.1
    done
}

# start_emulator DIR: starts an AWS emulator with its state under DIR and points this script's AWS clients at it. Services fail
# while a file with their name is in DIR/faults.
start_emulator() {
    local dir=$1 port
    venv emulator
    mkdir -p "$dir/tmp" "$dir/faults"
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    # The region and the keys are the emulator's defaults. The developer's own AWS configuration is not used.
    unset AWS_PROFILE AWS_SESSION_TOKEN
    export AWS_ENDPOINT_URL=http://127.0.0.1:$port AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
    export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
    # AUTH: the functions use their roles, and the emulator denies everything that a role does not allow.
    background "$dir/emulator.log" env AUTH=true BIND_HOST=127.0.0.1 MINISTACK_HOST=127.0.0.1 GATEWAY_PORT="$port" \
        TMPDIR="$dir/tmp" STATE_DIR="$dir/state" S3_DATA_DIR="$dir/s3" \
        target/venv-emulator/bin/python3 tests/template/emulator.py "$dir/faults"
    until_ready 60 "The emulator" "$dir/emulator.log" \
        python3 -c "import urllib.request; urllib.request.urlopen('$AWS_ENDPOINT_URL/_ministack/health', timeout=2)"
}
