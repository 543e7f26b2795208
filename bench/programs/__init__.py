"""The processes that take part in a measurement. Each talks with the bench in lines of JSON: see `bench.children`."""
