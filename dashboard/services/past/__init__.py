"""The overview and the wall as they were at an instant, from what was written down until then."""
