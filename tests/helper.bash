# What all test files load. Programs come from CAPI_BIN (build/ unless set),
# so that the same tests run against build-asan/ and build-ubsan/.
bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert
bats_load_library bats-file

TESTS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(dirname "$TESTS")
CAPI_BIN=${CAPI_BIN:-$TOP/build}
export PATH="$CAPI_BIN:$PATH" CAPI_BIN
export LC_ALL=C.UTF-8 TZ=UTC
unset SOURCE_DATE_EPOCH

# Runs a pipeline as the shell would, with the worst exit status of its parts.
# `run` does not see pipes, so they go in as one string.
sh_pipe() {
	bash -c "set -o pipefail; $1"
}
