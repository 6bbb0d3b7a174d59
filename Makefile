# Two commands do everything: `make quickstart` and `make test`.

BITNET := .build/release/bitnet
RECIPE := recipes/quickstart.yaml
RUN := checkpoints/quickstart
PROMPT := The
SWIFT_TEST := swift test -c release --skip-build
SANITIZED := 'KernelsTests|GGUFHostile|GGUFMutation|HostileModel'

.PHONY: all build system-libraries folder-pairs quickstart test test-extension test-long test-sanitized event-messages format lint clean

all: build

# Installs the C libraries that are missing, or says which.
system-libraries:
	@sh scripts/system-libraries.sh

build: system-libraries
	swift build -c release --product bitnet

# Trains the small recipe on text that lies in the repository, evaluates the result and lets it write.
quickstart: build
	rm -rf $(RUN)
	$(BITNET) train $(RECIPE)
	$(BITNET) eval $(RUN)
	$(BITNET) generate $(RUN) --prompt "$(PROMPT)" --max-new-tokens 300 --temperature 0.7 --seed 1

# Folders of one target use each other in one direction only.
folder-pairs:
	@if command -v python3 > /dev/null; then python3 scripts/folder_pairs.py; \
	else echo "folder-pairs: not looked for, there is no python3"; fi

test: system-libraries lint folder-pairs
	swift build -c release --build-tests --explicit-target-dependency-import-check error
	$(SWIFT_TEST)
	$(MAKE) test-extension

# What users can add from outside: a package of its own that sees public API alone.
test-extension: system-libraries
	swift test -c release --package-path Examples/Extension --scratch-path .build/extension

# The same again with the checks that take minutes. Set BITNET_PYTHON to a Python that has transformers.
test-long: test
	BITNET_LONG_TESTS=1 $(SWIFT_TEST)

# The kernels between guard pages and the hostile GGUF files again, under the address and the undefined-behaviour
# sanitizer (which traps): minutes for each build. What the address sanitizer keeps of freed memory counts as resident.
test-sanitized: system-libraries
	swift build -c release --build-tests --sanitize=address --scratch-path .build/address
	ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=8 swift test -c release --skip-build --sanitize=address --scratch-path .build/address --filter $(SANITIZED)
	swift build -c release --build-tests -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined --scratch-path .build/undefined
	swift test -c release --skip-build --scratch-path .build/undefined --filter $(SANITIZED)

# Writes the messages of event files anew; needs protoc and swift-protobuf's protoc-gen-swift in the PATH.
event-messages:
	cd Sources/TensorBoardEvents/Wire && protoc --swift_out=. --swift_opt=Visibility=Internal event.proto

format:
	swift format --in-place --recursive Sources Tests Examples Package.swift

lint:
	swift format lint --strict --recursive Sources Tests Examples Package.swift

clean:
	swift package clean
