package io.longhaul.engine.kernel.machine.interpreter;

import io.longhaul.engine.kernel.machine.interpreter.Instruction.Vector;
import io.longhaul.engine.kernel.machine.interpreter.Spec.Form;

/** Executes vector instructions: fetches what they take, and writes results by masks. */
final class VectorUnit {
  private final Registers registers;
  private final Memory memory;
  private final Semantics.Sources sources = new Semantics.Sources();
  private final Lanes loaded = new Lanes();
  private final Lanes result = new Lanes();

  VectorUnit(Registers registers, Memory memory) {
    this.registers = registers;
    this.memory = memory;
  }

  void execute(Vector instruction) {
    Spec spec = instruction.operation().spec();
    if (spec.form() == Form.GATHER) {
      gather(instruction);
      return;
    }
    sources.bytes = instruction.bytes();
    sources.immediate = instruction.immediate();
    sources.old = registers.vectors[instruction.reg()];
    boolean store = spec.form() == Form.STORE;
    sources.a = registers.vectors[store ? instruction.reg() : instruction.vvvv()];
    if (!store) {
      sources.b = source(instruction);
    }
    result.zeroFrom(0);
    instruction.operation().semantics().apply(sources, result);
    switch (spec.form()) {
      case STORE -> store(instruction);
      case SHIFT -> write(instruction.vvvv(), instruction, instruction.bytes());
      case TO_MASK ->
          registers.masks[instruction.reg()] = result.int64(0) & selected(instruction.mask());
      default -> write(instruction.reg(), instruction, instruction.bytes());
    }
  }

  private Lanes source(Vector instruction) {
    return switch (instruction.place()) {
      case Place.Register register
          when instruction.operation().spec().form() == Form.FROM_GENERAL -> {
        loaded.zeroFrom(0);
        loaded.setInt(0, (int) registers.general[register.number()]);
        yield loaded;
      }
      case Place.Register register -> registers.vectors[register.number()];
      case Place.Address address -> {
        load(instruction, registers.address(address));
        yield loaded;
      }
    };
  }

  private void load(Vector instruction, long address) {
    Spec spec = instruction.operation().spec();
    loaded.zeroFrom(0);
    if (instruction.broadcast()) {
      int lane = spec.broadcast();
      if (!isSelected(instruction)) {
        return;
      }
      for (int at = 0; at < instruction.bytes(); at += lane) {
        memory.read(address, loaded.bytes(), at, lane);
      }
      return;
    }
    int bytes = spec.memoryBytes(instruction.bytes());
    if (instruction.mask() == 0 || !spec.ownLane()) {
      memory.read(address, loaded.bytes(), 0, bytes);
      return;
    }
    if (spec.isOneForAll()) {
      if (isSelected(instruction)) {
        memory.read(address, loaded.bytes(), 0, bytes);
      }
      return;
    }
    int lanes = instruction.bytes() / spec.element();
    int lane = bytes / lanes;
    for (int i = 0; i < lanes; i++) {
      if (isSelected(instruction.mask(), i)) {
        memory.read(address + (long) i * lane, loaded.bytes(), i * lane, lane);
      }
    }
  }

  private boolean isSelected(Vector instruction) {
    int lanes = instruction.bytes() / instruction.operation().spec().element();
    long all = lanes == Long.SIZE ? -1 : (1L << lanes) - 1;
    return (selected(instruction.mask()) & all) != 0;
  }

  private long selected(int mask) {
    return mask == 0 ? -1 : registers.masks[mask];
  }

  private boolean isSelected(int mask, int lane) {
    return (selected(mask) >>> lane & 1) != 0;
  }

  private void store(Vector instruction) {
    int bytes = instruction.operation().spec().memoryBytes(instruction.bytes());
    switch (instruction.place()) {
      case Place.Register register -> write(register.number(), instruction, bytes);
      case Place.Address address -> {
        long to = registers.address(address);
        if (instruction.mask() == 0) {
          memory.write(to, result.bytes(), 0, bytes);
          return;
        }
        int element = instruction.operation().spec().element();
        for (int at = 0; at < bytes; at += element) {
          if (isSelected(instruction.mask(), at / element)) {
            memory.write(to + at, result.bytes(), at, element);
          }
        }
      }
    }
  }

  /** The result's first bytes to a register; what is above them becomes zero. */
  private void write(int register, Vector instruction, int bytes) {
    Lanes to = registers.vectors[register];
    int element = instruction.operation().spec().element();
    if (instruction.mask() == 0) {
      to.copyBytes(result, 0, bytes);
    } else {
      for (int at = 0; at < bytes; at += element) {
        if (isSelected(instruction.mask(), at / element)) {
          to.copyBytes(result, at, element);
        } else if (instruction.zero()) {
          to.zero(at, element);
        }
      }
    }
    to.zeroFrom(bytes);
    registers.upperIsDirty |= bytes > 16;
  }

  private void gather(Vector instruction) {
    if (!(instruction.place() instanceof Place.Address address)) {
      throw new AssertionError("a gather without memory");
    }
    Lanes to = registers.vectors[instruction.reg()];
    Lanes index = registers.vectors[address.index()];
    for (int i = 0; i < instruction.bytes() / 4; i++) {
      if (isSelected(instruction.mask(), i)) {
        long at = (long) index.int32(i) * address.scale() + address.displacement();
        memory.read(registers.general[address.base()] + at, to.bytes(), 4 * i, 4);
      }
    }
    to.zeroFrom(instruction.bytes());
    registers.masks[instruction.mask()] = 0;
    registers.upperIsDirty = true;
  }
}
