"""The delivery path of a laptop, without sockets, threads, clocks or own randomness."""
