package io.longhaul.cli.store;

import static io.longhaul.cli.store.HubServer.gguf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that has, or claims to have, no room. */
class FullDiskTest {
  private static final byte[] MODEL = gguf(200_000, 1);

  @TempDir Path temp;
  private HubServer server;
  private StoreFixture fixture;

  @BeforeEach
  void start() throws IOException {
    server = new HubServer();
    fixture = new StoreFixture(temp, server.url());
    server.repository("org/m", "a".repeat(40), Map.of("m.gguf", MODEL));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void isFoundBeforeTheDownload() throws IOException {
    fixture.disk = new SmallDisk(OptionalLong.of(199_999), Long.MAX_VALUE);
    assertThatThrownBy(() -> fixture.pull("hf:org/m"))
        .isInstanceOf(DiskException.class)
        .hasMessageContaining("not enough room in " + temp)
        .hasMessageContaining("200 kB are needed, 200 kB are free")
        .hasMessageContaining("LONGHAUL_HOME");
    assertThat(server.requests("/cdn/" + HubServer.sha256(MODEL))).isEmpty();
    fixture.disk = new SmallDisk(OptionalLong.of(200_000), Long.MAX_VALUE);
    assertThat(fixture.pull("hf:org/m").fetched()).isTrue();
  }

  @Test
  void isFoundMidwayAndGoneOnFrom() throws IOException {
    fixture.disk = new SmallDisk(OptionalLong.empty(), 80_000);
    assertThatThrownBy(() -> fixture.pull("hf:org/m"))
        .isInstanceOf(DiskException.class)
        .hasMessageContaining("the disk is full")
        .hasMessageContaining("run the same command again")
        .message()
        .doesNotContain("\n");
    assertThat(fixture.waits).isEmpty();
    fixture.disk = Disk.REAL;
    fixture.pull("hf:org/m");
    assertThat(fixture.bytes("m", "m.gguf")).isEqualTo(MODEL);
    String range = server.requests("/cdn/" + HubServer.sha256(MODEL)).getLast().header("Range");
    assertThat(range).isEqualTo("bytes=80000-");
  }

  /** The real disk with less room. */
  private record SmallDisk(OptionalLong usable, long room) implements Disk {
    @Override
    public OptionalLong usable(Path folder) {
      return usable;
    }

    @Override
    public SeekableByteChannel open(Path file) throws IOException {
      SeekableByteChannel real = Disk.REAL.open(file);
      return new SeekableByteChannel() {
        @Override
        public int write(ByteBuffer buffer) throws IOException {
          long left = room - real.position();
          if (left <= 0) {
            throw new IOException("No space left on device");
          }
          int limit = buffer.limit();
          buffer.limit((int) Math.min(limit, buffer.position() + left));
          try {
            return real.write(buffer);
          } finally {
            buffer.limit(limit);
          }
        }

        @Override
        public int read(ByteBuffer buffer) throws IOException {
          return real.read(buffer);
        }

        @Override
        public long position() throws IOException {
          return real.position();
        }

        @Override
        public SeekableByteChannel position(long position) throws IOException {
          real.position(position);
          return this;
        }

        @Override
        public long size() throws IOException {
          return real.size();
        }

        @Override
        public SeekableByteChannel truncate(long size) throws IOException {
          real.truncate(size);
          return this;
        }

        @Override
        public boolean isOpen() {
          return real.isOpen();
        }

        @Override
        public void close() throws IOException {
          real.close();
        }
      };
    }
  }
}
