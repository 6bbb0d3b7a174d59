# Tests and fuzzers under clang's sanitizers, each with a build of its own: included by the Makefile.

ADDRESS := --sanitize=address --scratch-path .build/address
THREAD := --sanitize=thread --scratch-path .build/thread
UNDEFINED := -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined --scratch-path .build/undefined

# What the address sanitizer keeps of freed memory counts as resident. Fuzzed input comes by the million, so that where
# memory was allocated is not noted: to see it, give the kept input to .build/address/release/fuzz KIND --input FILE.
ASAN := ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=8
FUZZ_ASAN := $(ASAN):handle_sigill=1:malloc_context_size=0
TSAN := TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

# Suites that read what others wrote, and the kernels between guard pages.
SANITIZED := '^(KernelsTests|FileFormatsTests|TokenizationTests|DatasetsTests|ArchitecturesTests)\.|HostileModel'
# Suites in which threads share something.
THREADED := '(ThreadPool|Pretraining|TrainingLoop|AdapterTraining|Resume|Download|TokenCorpus|InferenceSession|Generation)Tests/'

.PHONY: test-sanitized test-address test-undefined test-thread fuzz fuzz-address fuzz-undefined

test-sanitized: test-address test-undefined test-thread

test-address: system-libraries
	swift build -c release --build-tests $(ADDRESS)
	$(ASAN) $(SWIFT_TEST) $(ADDRESS) --filter $(SANITIZED)

test-undefined: system-libraries
	swift build -c release --build-tests $(UNDEFINED)
	$(SWIFT_TEST) $(UNDEFINED) --filter $(SANITIZED)

test-thread: system-libraries
	swift build -c release --build-tests $(THREAD)
	$(TSAN) $(SWIFT_TEST) $(THREAD) --filter $(THREADED)

fuzz: fuzz-address fuzz-undefined

fuzz-address: system-libraries
	swift build -c release --product fuzz $(ADDRESS)
	$(FUZZ_ASAN) .build/address/release/fuzz $(KINDS) --count $(COUNT) --seed $(SEED)

fuzz-undefined: system-libraries
	swift build -c release --product fuzz $(UNDEFINED)
	.build/undefined/release/fuzz $(KINDS) --count $(COUNT) --seed $(SEED)
