package io.longhaul.cli.store;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The body of an answer as a stream that hands out every byte that arrived before it fails.
 *
 * <p>The JDK's own stream throws away what is still queued when the connection breaks, so that a
 * download would have to fetch those bytes again. One reader; {@link #close} may come from any
 * thread and wakes it.
 */
final class BodyStream extends InputStream implements HttpResponse.BodySubscriber<InputStream> {
  private sealed interface Event {}

  private record Bytes(List<ByteBuffer> buffers) implements Event {}

  private record Failed(Throwable cause) implements Event {}

  private record End() implements Event {}

  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
  private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
  private List<ByteBuffer> buffers = List.of();
  private volatile boolean closed;

  @Override
  public CompletionStage<InputStream> getBody() {
    return CompletableFuture.completedStage(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription source) {
    // Before the question: either close() sees the subscription, or this sees that it is closed.
    subscription.complete(source);
    if (closed) {
      source.cancel();
    } else {
      source.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> item) {
    events.add(new Bytes(item));
  }

  @Override
  public void onError(Throwable cause) {
    events.add(new Failed(cause));
  }

  @Override
  public void onComplete() {
    events.add(new End());
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] to, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    while (true) {
      for (ByteBuffer buffer : buffers) {
        if (buffer.hasRemaining()) {
          int n = Math.min(count, buffer.remaining());
          buffer.get(to, offset, n);
          return n;
        }
      }
      switch (next()) {
        case Bytes bytes -> {
          buffers = bytes.buffers();
          subscription.join().request(1);
        }
        case Failed failed -> {
          events.add(failed);
          throw new IOException(failed.cause().getMessage(), failed.cause());
        }
        case End end -> {
          events.add(end);
          return -1;
        }
      }
    }
  }

  private Event next() throws IOException {
    try {
      return events.take();
    } catch (InterruptedException e) {
      close();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for data", e);
    }
  }

  @Override
  public void close() {
    closed = true;
    if (subscription.isDone()) {
      subscription.join().cancel();
    }
    events.add(new Failed(new IOException("the connection was closed")));
  }
}
