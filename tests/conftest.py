"""What all tests need."""

import signal

# in the background (`make test &`) Ctrl-C is ignored, and would be by each process that a test starts and interrupts
signal.signal(signal.SIGINT, signal.default_int_handler)
