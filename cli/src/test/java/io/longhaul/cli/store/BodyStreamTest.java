package io.longhaul.cli.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BodyStreamTest {
  private final AtomicLong demand = new AtomicLong();
  private final AtomicBoolean cancelled = new AtomicBoolean();
  private final BodyStream body = new BodyStream();

  private void subscribe() {
    body.onSubscribe(
        new Flow.Subscription() {
          @Override
          public void request(long n) {
            demand.addAndGet(n);
          }

          @Override
          public void cancel() {
            cancelled.set(true);
          }
        });
  }

  private static List<ByteBuffer> bytes(int... values) {
    ByteBuffer buffer = ByteBuffer.allocate(values.length);
    for (int value : values) {
      buffer.put((byte) value);
    }
    return List.of(ByteBuffer.allocate(0), buffer.flip());
  }

  @Test
  void handsOutWhatArrivedBeforeTheFailure() throws IOException {
    subscribe();
    body.onNext(bytes(1, 2, 255));
    body.onNext(bytes(4));
    body.onError(new IOException("Connection reset"));
    ByteArrayOutputStream got = new ByteArrayOutputStream();
    assertThatThrownBy(
            () -> {
              for (int b = body.read(); b >= 0; b = body.read()) {
                got.write(b);
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessage("Connection reset");
    assertThat(got.toByteArray()).containsExactly(1, 2, 255, 4);
    assertThatThrownBy(body::read).hasMessage("Connection reset");
  }

  @Test
  void asksForMoreOnlyAsItIsRead() throws IOException {
    subscribe();
    assertThat(demand).hasValue(1);
    body.onNext(bytes(1, 2));
    assertThat(body.read()).isEqualTo(1);
    assertThat(body.read()).isEqualTo(2);
    assertThat(demand).hasValue(2);
    body.onComplete();
    assertThat(body.read()).isEqualTo(-1);
    assertThat(body.read()).isEqualTo(-1);
  }

  @Test
  void closingWakesTheReaderAndCancels() throws Exception {
    subscribe();
    Thread closer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    Thread.sleep(20);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  body.close();
                });
    assertThatThrownBy(() -> body.read(new byte[8], 0, 8)).hasMessageContaining("closed");
    closer.join();
    assertThat(cancelled).isTrue();
    assertThatThrownBy(body::read).hasMessageContaining("closed");
  }

  @Test
  void aSubscriptionThatComesAfterTheCloseIsCancelled() {
    body.close();
    subscribe();
    assertThat(cancelled).isTrue();
    assertThat(demand).hasValue(0);
  }
}
