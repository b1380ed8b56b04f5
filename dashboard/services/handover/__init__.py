"""The hand-over: what changed between two instants, for whoever takes over."""
