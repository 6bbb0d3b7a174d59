# Two commands do everything: `make quickstart` and `make test`.

RECIPE := recipes/quickstart.yaml
RUN := checkpoints/quickstart
PROMPT := The
SWIFT_TEST := swift test -c release --skip-build
WITH_PYTHON := sh scripts/python-environment.sh run

# What `make fuzz` reads.
COUNT := 1000000
SEED := 1
KINDS :=

include scripts/sanitizers.mk

.PHONY: all build system-libraries folder-pairs quickstart python test test-extension test-long event-messages format \
  lint clean

all: build

# Installs the C libraries that are missing, or says which.
system-libraries:
	@sh scripts/system-libraries.sh

build: system-libraries
	swift build -c release --product bitnet

# Trains the small recipe on text that lies in the repository, evaluates the result and lets it write. For a first result
# sooner, its program is one of its own: without the packages of the server and of TensorBoard's files, and with only the
# kernels, which are C, optimised. It computes the same bytes; `make build` makes the program for work.
QUICKSTART := swift build -c release --product bitnet --disable-default-traits -Xswiftc -Onone --scratch-path .build/quickstart
quickstart: BITNET := .build/quickstart/release/bitnet
quickstart: system-libraries
	$(QUICKSTART)
	rm -rf $(RUN)
	$(BITNET) train $(RECIPE)
	$(BITNET) eval $(RUN)
	$(BITNET) generate $(RUN) --prompt "$(PROMPT)" --max-new-tokens 300 --temperature 0.7 --seed 1
	@echo "quickstart: the program for work is made with: make build"

# Folders of one target use each other in one direction only.
folder-pairs:
	@if command -v python3 > /dev/null; then python3 scripts/folder_pairs.py; \
	else echo "folder-pairs: not looked for, there is no python3"; fi

# The Python with the packages that tests compare this program with: 1 GB or, where pip finds no build of torch for CPUs
# alone, 6 GB in ~/.cache/swift-bitnet, made once. Without it, those tests are skipped.
python:
	@sh scripts/python-environment.sh

test: system-libraries lint folder-pairs
	swift build -c release --build-tests --explicit-target-dependency-import-check error
	$(WITH_PYTHON) $(SWIFT_TEST)
	$(MAKE) test-extension

# What users can add from outside: a package of its own that sees public API alone.
test-extension: system-libraries
	swift test -c release --package-path Examples/Extension --scratch-path .build/extension

# The same again with the checks that take minutes.
test-long: test
	BITNET_LONG_TESTS=1 $(WITH_PYTHON) $(SWIFT_TEST)

# Writes the messages of event files anew; needs protoc and swift-protobuf's protoc-gen-swift in the PATH.
event-messages:
	cd Sources/TensorBoardEvents/Wire && protoc --swift_out=. --swift_opt=Visibility=Internal event.proto

format:
	swift format --in-place --recursive Sources Tests Examples Package.swift

lint:
	swift format lint --strict --recursive Sources Tests Examples Package.swift

clean:
	swift package clean
