"""Side-by-side measurements: what Trunkline's runtime costs beside what others would write."""
