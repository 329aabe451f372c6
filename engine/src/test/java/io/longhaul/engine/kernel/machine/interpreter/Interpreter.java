package io.longhaul.engine.kernel.machine.interpreter;

import io.longhaul.engine.kernel.machine.interpreter.Instruction.General;
import io.longhaul.engine.kernel.machine.interpreter.Instruction.Vector;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/**
 * Runs x86-64 machine code without a processor that has its instructions: a function that is called
 * by the System V convention and returns nothing. It decodes the bytes themselves.
 *
 * <p>Memory that the code touches must have been allowed. Registers hold rubbish at first, so that
 * code which forgets to set one is noticed; the function must return with the callee's registers as
 * they were, and after VZEROUPPER.
 */
public final class Interpreter {
  /** rdi, rsi, rdx, rcx, r8 and r9. */
  private static final int[] ARGUMENTS = {7, 6, 2, 1, 8, 9};

  private static final int[] SAVED = {Registers.RBX, Registers.RBP, 12, 13, 14, 15};

  private static final int STACK_BYTES = 1024;
  private static final long RETURN_ADDRESS = 0x5EED_0000_0000_0001L;
  private static final long MOST_INSTRUCTIONS = 100_000_000;

  private final Decoder decoder;
  private final Instruction[] decoded;
  private final Memory memory;

  /** The code, and what it may touch beside its stack. */
  public Interpreter(byte[] code, Memory memory) {
    this.decoder = new Decoder(code);
    this.decoded = new Instruction[code.length];
    this.memory = memory;
  }

  /** Calls the function; returns how many instructions that took. */
  public long run(long... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      return new Call(arena.allocate(STACK_BYTES, 16), arguments).run();
    }
  }

  private Instruction at(int offset) {
    if (offset < 0 || offset >= decoded.length) {
      throw new AssertionError("goes on at offset " + offset + ", which is outside the code");
    }
    if (decoded[offset] == null) {
      decoded[offset] = decoder.at(offset);
    }
    return decoded[offset];
  }

  /** One call of the function. */
  private final class Call {
    private final Registers registers = new Registers(new Random(41));
    private final long[] general = registers.general;
    private final Memory stack;
    private final VectorUnit vectors = new VectorUnit(registers, memory);
    private final long[] saved;
    private final byte[] word = new byte[Long.BYTES];
    private final ByteBuffer number = ByteBuffer.wrap(word).order(ByteOrder.LITTLE_ENDIAN);
    private final long top;
    private int next;
    private boolean returned;

    Call(MemorySegment stackBytes, long[] arguments) {
      stack = new Memory().writable("stack", stackBytes);
      for (int i = 0; i < arguments.length; i++) {
        general[ARGUMENTS[i]] = arguments[i];
      }
      top = stackBytes.address() + STACK_BYTES;
      general[Registers.RSP] = top;
      push(RETURN_ADDRESS);
      saved = saved();
    }

    private long[] saved() {
      return Arrays.stream(SAVED).mapToLong(register -> general[register]).toArray();
    }

    long run() {
      long count = 0;
      while (!returned) {
        int offset = next;
        Instruction instruction = at(offset);
        next += instruction.length();
        try {
          switch (instruction) {
            case Vector vector -> vectors.execute(vector);
            case General other -> execute(other);
          }
        } catch (AssertionError e) {
          throw new AssertionError(
              "at offset " + offset + ", " + instruction + ": " + e.getMessage(), e);
        }
        count++;
        if (count > MOST_INSTRUCTIONS) {
          throw new AssertionError("does not end");
        }
      }
      return count;
    }

    private void execute(General instruction) {
      int reg = instruction.reg();
      switch (instruction.operation()) {
        case PUSH -> push(general[reg]);
        case POP -> general[reg] = pop();
        case RET -> end();
        case JUMP -> {
          if (reg == General.ALWAYS || registers.holds(reg)) {
            next += (int) instruction.immediate();
          }
        }
        case ZERO_UPPER -> zeroUpper();
        case MASK_MOV_16 -> registers.masks[reg] = general[register(instruction)] & 0xFFFF;
        case MASK_LOAD_16 -> registers.masks[reg] = read(address(instruction), 2);
        case MASK_LOAD_64 -> registers.masks[reg] = read(address(instruction), 8);
        case PREFETCH -> {
          // Asks for memory that need not be there.
        }
        case LEA -> general[reg] = address(instruction);
        case LOAD_64 -> general[reg] = read(address(instruction), 8);
        case LOAD_32 -> general[reg] = read(address(instruction), 4);
        case LOAD_16 -> general[reg] = read(address(instruction), 2);
        case LOAD_8 -> general[reg] = read(address(instruction), 1);
        case STORE_32 -> {
          number.putLong(0, general[reg]);
          memory.write(address(instruction), word, 0, Integer.BYTES);
        }
        case STORE_64 -> {
          number.putLong(0, general[reg]);
          memory.write(address(instruction), word, 0, Long.BYTES);
        }
        case MOV, ADD, SUB, AND, OR, CMP, SHL, SHR, DEC -> arithmetic(instruction);
      }
    }

    private void arithmetic(General instruction) {
      int to = register(instruction);
      long a = general[to];
      long b = instruction.hasImmediate() ? instruction.immediate() : general[instruction.reg()];
      switch (instruction.operation()) {
        case MOV -> general[to] = b;
        case ADD -> {
          registers.add(a, b);
          general[to] = a + b;
        }
        case SUB -> {
          registers.compare(a, b);
          general[to] = a - b;
        }
        case CMP -> registers.compare(a, b);
        case AND -> {
          general[to] = a & b;
          registers.logic(general[to]);
        }
        case OR -> {
          general[to] = a | b;
          registers.logic(general[to]);
        }
        case DEC -> {
          boolean carry = registers.carry; // which it leaves as it is
          registers.compare(a, 1);
          registers.carry = carry;
          general[to] = a - 1;
        }
        case SHL -> {
          int bits = (int) b & 63;
          general[to] = a << bits;
          if (bits != 0) {
            registers.shift(general[to], (a >>> (64 - bits) & 1) != 0);
          }
        }
        case SHR -> {
          int bits = (int) b & 63;
          general[to] = a >>> bits;
          if (bits != 0) {
            registers.shift(general[to], (a >>> (bits - 1) & 1) != 0);
          }
        }
        default -> throw new AssertionError("no arithmetic: " + instruction);
      }
    }

    private int register(General instruction) {
      if (instruction.place() instanceof Place.Register register) {
        return register.number();
      }
      throw new AssertionError("no register: " + instruction);
    }

    private long address(General instruction) {
      if (instruction.place() instanceof Place.Address address) {
        return registers.address(address);
      }
      throw new AssertionError("no memory: " + instruction);
    }

    private long read(long address, int bytes) {
      number.putLong(0, 0);
      memory.read(address, word, 0, bytes);
      return number.getLong(0);
    }

    private void push(long value) {
      general[Registers.RSP] -= Long.BYTES;
      number.putLong(0, value);
      stack.write(general[Registers.RSP], word, 0, Long.BYTES);
    }

    private long pop() {
      stack.read(general[Registers.RSP], word, 0, Long.BYTES);
      general[Registers.RSP] += Long.BYTES;
      return number.getLong(0);
    }

    private void zeroUpper() {
      for (int i = 0; i < 16; i++) {
        registers.vectors[i].zeroFrom(16);
      }
      registers.upperIsDirty = false;
    }

    private void end() {
      if (pop() != RETURN_ADDRESS || general[Registers.RSP] != top) {
        throw new AssertionError("the stack is not as it was");
      }
      if (!Arrays.equals(saved(), saved)) {
        throw new AssertionError("rbx, rbp or r12 to r15 is not as it was");
      }
      if (registers.upperIsDirty) {
        throw new AssertionError("returns without VZEROUPPER");
      }
      returned = true;
    }
  }
}
