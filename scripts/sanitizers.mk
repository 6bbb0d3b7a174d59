# Tests and fuzzers under clang's sanitizers: included by the Makefile.

# The address and the undefined-behaviour sanitizer (of C, where it traps; Swift traps anyway) in one build, since the two
# go together and a build takes minutes. The thread sanitizer goes with no other.
ADDRESS := --disable-default-traits --sanitize=address -Xcc -fsanitize=undefined -Xcc -fsanitize-trap=undefined --scratch-path .build/address
THREAD := --disable-default-traits --sanitize=thread --scratch-path .build/thread

# What the address sanitizer keeps of freed memory counts as resident. Fuzzed input comes by the million, so that where
# memory was allocated is not noted: to see it, give the kept input to .build/address/release/fuzz KIND --input FILE.
ASAN := ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=8:handle_sigill=1
TSAN := TSAN_OPTIONS=halt_on_error=0:second_deadlock_stack=1

# Suites that read what others wrote, and the kernels between guard pages.
SANITIZED := '^(KernelsTests|FileFormatsTests|TokenizationTests|DatasetsTests|ArchitecturesTests)\.|HostileModel'
# A stack of half a megabyte is measured; the address sanitizer makes frames larger.
UNSANITIZED := theDeepestNestingFitsASmallStack
# Suites in which threads share something. A lock that they contend for is a `SystemMutex`: `Synchronization.Mutex` passes
# from thread to thread inside Linux's kernel, which the thread sanitizer does not see, so that it reports what is protected.
THREADED := '^ServingTests\.|(ThreadPool|Pretraining|TrainingLoop|AdapterTraining|Resume|Download|TokenCorpus|InferenceSession|Generation)Tests/'

.PHONY: test-sanitized test-address test-thread fuzz

test-sanitized: test-address test-thread

test-address: system-libraries
	swift build -c release --build-tests $(ADDRESS)
	$(ASAN) $(SWIFT_TEST) $(ADDRESS) --filter $(SANITIZED) --skip $(UNSANITIZED)

test-thread: system-libraries
	swift build -c release --build-tests $(THREAD)
	$(TSAN) $(SWIFT_TEST) $(THREAD) --filter $(THREADED)

# COUNT inputs of each of KINDS (all), drawn by SEED. A million of each take two hours of one core; what gave a finding is
# kept in .build/fuzz/crashes.
fuzz: system-libraries
	swift build -c release --product fuzz $(ADDRESS)
	$(ASAN):malloc_context_size=0 .build/address/release/fuzz $(KINDS) --count $(COUNT) --seed $(SEED)
