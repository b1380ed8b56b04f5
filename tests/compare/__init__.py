"""Random worlds, played through the real sync, and every figure on every page against slow counting."""
