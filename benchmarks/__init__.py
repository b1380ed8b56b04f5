"""`make bench`: what the sync and every page cost, as ratios to a bare floor of the same run."""
