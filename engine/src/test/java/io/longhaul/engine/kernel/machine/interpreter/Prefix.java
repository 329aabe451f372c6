package io.longhaul.engine.kernel.machine.interpreter;

/**
 * What a VEX or EVEX prefix says, with inverted bits made plain.
 *
 * @param map the opcode map
 * @param opcodePrefix 0, or 1, 2 and 3 for 66, F3 and F2
 * @param bytes of the vectors
 * @param r what is added to the ModRM byte's register: 8 and 16
 * @param x 1 where the index, or an EVEX register that is no memory, is of the upper ones
 * @param b 8 where the base or a register that is no memory is of the upper ones
 * @param vvvv another register
 */
record Prefix(
    boolean evex,
    int map,
    int opcodePrefix,
    int w,
    int bytes,
    int r,
    int x,
    int b,
    int vvvv,
    int mask,
    boolean zero,
    boolean broadcast) {}
