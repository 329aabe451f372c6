package io.longhaul.cli.start;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** A jar of the classes of {@code jdk.incubator.vector}, for {@code -Xbootclasspath/a}. */
final class VectorJar {
  private static final String MODULE = "jdk.incubator.vector";

  private VectorJar() {}

  /** Writes the jar; uncompressed, because the JVM maps what it can of it at every start. */
  static void write(Path jar) throws IOException {
    ModuleReference module =
        ModuleFinder.ofSystem()
            .find(MODULE)
            .orElseThrow(() -> new IOException("this Java has no module " + MODULE));
    try (ModuleReader reader = module.open();
        ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
      zip.setMethod(ZipOutputStream.STORED);
      List<String> names = reader.list().filter(VectorJar::isClassOfPackage).sorted().toList();
      for (String name : names) {
        ByteBuffer bytes = reader.read(name).orElseThrow(() -> new IOException("no " + name));
        try {
          zip.putNextEntry(stored(name, bytes.duplicate()));
          byte[] content = new byte[bytes.remaining()];
          bytes.get(content);
          zip.write(content);
          zip.closeEntry();
        } finally {
          reader.release(bytes);
        }
      }
    }
  }

  /**
   * The options that open to the classes, now in no named module, what java.base exports to the
   * module they come from.
   */
  static List<String> exports() {
    ModuleDescriptor base = Object.class.getModule().getDescriptor();
    return base.exports().stream()
        .filter(export -> export.targets().contains(MODULE))
        .map(export -> "--add-exports=java.base/" + export.source() + "=ALL-UNNAMED")
        .sorted()
        .toList();
  }

  private static boolean isClassOfPackage(String name) {
    return name.endsWith(".class") && !name.equals("module-info.class");
  }

  private static ZipEntry stored(String name, ByteBuffer content) {
    ZipEntry entry = new ZipEntry(name);
    entry.setTime(0);
    entry.setSize(content.remaining());
    CRC32 crc = new CRC32();
    crc.update(content);
    entry.setCrc(crc.getValue());
    return entry;
  }
}
