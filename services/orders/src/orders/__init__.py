"""Takes orders over HTTP and follows what becomes of them."""
