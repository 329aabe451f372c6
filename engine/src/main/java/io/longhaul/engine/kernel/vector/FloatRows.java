package io.longhaul.engine.kernel.vector;

/**
 * Rows of floats in checked memory.
 *
 * @param address where the first one starts
 * @param stride bytes from one to the next
 */
record FloatRows(long address, long stride) {
  long at(int row) {
    return address + row * stride;
  }
}
