"""Kernels: one Arrow array of texts in, one of typed values out, with a mask of what isn't one."""
