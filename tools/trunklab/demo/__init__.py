"""The main job: places the orders of a file and shows what became of every one of them."""
