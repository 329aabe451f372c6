package io.longhaul.engine.kernel.machine;

/** A form of the input in which it meets codes of weights, one group of columns after the other. */
interface InputForm {
  /** Columns of a group. */
  int columns();

  /** Bytes of a group, whole vectors. */
  int bytes();

  /**
   * Code that brings whole groups of floats into the form. Arguments (System V): rdi the floats,
   * rsi groups, rdx the groups' memory.
   */
  byte[] preparation();
}
