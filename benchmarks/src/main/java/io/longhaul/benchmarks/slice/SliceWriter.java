package io.longhaul.benchmarks.slice;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * Writes a model piece by piece with several threads, in little memory however large it is.
 *
 * <p>Each piece has a seed of its own, so the file does not depend on the number of threads.
 */
final class SliceWriter {
  private static final int PIECE = 4 << 20;

  /**
   * What is written between two calls for the disk: else gigabytes pile up in memory, and stall.
   */
  private static final long SYNC = 1L << 30;

  /** Some whole blocks of a tensor, and where they begin in the file. */
  private record Piece(SliceTensor tensor, long seed, long position, long bytes) {}

  private final SliceModel model;
  private final long seed;
  private final int threads;

  SliceWriter(SliceModel model, long seed, int threads) {
    this.model = model;
    this.seed = seed;
    this.threads = threads;
  }

  /**
   * Writes the file under a temporary name in its folder, syncs it, and renames it.
   *
   * @param progress is told the bytes written so far, by any thread
   * @throws IOException if it cannot be written, or the disk has too little room for it
   */
  void write(Path file, LongConsumer progress) throws IOException {
    Path target = file.toAbsolutePath();
    Path temporary = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
    long size = model.fileBytes();
    long room = Files.getFileStore(target.getParent()).getUsableSpace();
    if (room < size) {
      throw new IOException(
          "%s takes %d bytes, and its disk has room for %d".formatted(file, size, room));
    }
    // An interrupted program leaves no file of gigabytes behind.
    temporary.toFile().deleteOnExit();
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        writeTo(channel, size, progress);
        channel.force(true);
      }
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private void writeTo(FileChannel channel, long size, LongConsumer progress) throws IOException {
    byte[] header = model.fields().header(model.tensors());
    writeAll(channel, ByteBuffer.wrap(header), 0);
    List<Piece> pieces = pieces(header.length);
    var next = new AtomicInteger();
    var written = new AtomicLong();
    try (ExecutorService team = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(
            team.submit(
                () -> {
                  writePieces(channel, pieces, next, written, progress);
                  return null;
                }));
      }
      for (Future<?> thread : running) {
        await(thread, next);
      }
    }
    long end = channel.size();
    writeAll(channel, ByteBuffer.allocate(Math.toIntExact(size - end)), end);
  }

  private List<Piece> pieces(long start) {
    List<Piece> pieces = new ArrayList<>();
    long position = start;
    for (SliceTensor tensor : model.tensors()) {
      int step = PIECE - PIECE % tensor.type().bytesPerBlock();
      for (long at = 0; at < tensor.bytes(); at += step) {
        long pieceSeed = seed * 0x9E3779B97F4A7C15L ^ (long) pieces.size() << 40;
        pieces.add(
            new Piece(tensor, pieceSeed, position + at, Math.min(step, tensor.bytes() - at)));
      }
      position = GgufFields.aligned(position + tensor.bytes());
    }
    return pieces;
  }

  private static void writePieces(
      FileChannel channel,
      List<Piece> pieces,
      AtomicInteger next,
      AtomicLong written,
      LongConsumer progress)
      throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(PIECE, Long.BYTES);
      for (int i = next.getAndIncrement(); i < pieces.size(); i = next.getAndIncrement()) {
        Piece piece = pieces.get(i);
        MemorySegment bytes = buffer.asSlice(0, piece.bytes());
        fill(piece, bytes);
        writeAll(channel, bytes.asByteBuffer(), piece.position());
        long before = written.getAndAdd(piece.bytes());
        if (before / SYNC != (before + piece.bytes()) / SYNC) {
          channel.force(false);
        }
        progress.accept(before + piece.bytes());
      }
    }
  }

  private static void fill(Piece piece, MemorySegment bytes) {
    switch (piece.tensor().values()) {
      case SliceTensor.Constant(float value) -> {
        for (long at = 0; at < bytes.byteSize(); at += Float.BYTES) {
          bytes.set(ValueLayout.JAVA_FLOAT, at, value);
        }
      }
      case SliceTensor.Random random ->
          new RandomBlocks(piece.tensor().type(), random, piece.seed()).fill(bytes);
    }
  }

  /** Waits for a thread; when it failed, the others stop after the piece they are at. */
  private static void await(Future<?> thread, AtomicInteger next) throws IOException {
    try {
      thread.get();
    } catch (ExecutionException e) {
      next.set(Integer.MAX_VALUE / 2);
      if (e.getCause() instanceof IOException io) {
        throw new IOException(io.getMessage(), io);
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      next.set(Integer.MAX_VALUE / 2);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes, long position)
      throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }
}
