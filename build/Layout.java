import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Lays out what the launcher runs: {@code Layout FOLDER JAR CLASSPATH BUILD_START} puts {@code JAR}
 * into {@code FOLDER} as longhaul.jar, and the jars of {@code CLASSPATH} into its folder lib.
 *
 * <p>A file that has not changed is left as it is, and one that has is replaced by renaming, so that
 * a longhaul that runs goes on reading its old one. Whatever was prepared for the old jars (the
 * folder jdk) goes. Last, the file {@code built} gets the time at which the build started: a source
 * newer than that asks for another build.
 *
 * <p>Classes of before Java 6 are rewritten with the stack maps of today's verifier: the AOT cache
 * of the JDK keeps no class that needs the old verifier, and picocli is made of such classes.
 */
public final class Layout {
  /** The class file version of Java 8. */
  private static final int MODERN = 52;

  /** The first version whose verifier reads stack maps. */
  private static final int STACK_MAPS = 50;

  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    Path lib = Files.createDirectories(folder.resolve("lib"));
    Set<Path> wanted = new HashSet<>();
    boolean changed = replace(folder.resolve("longhaul.jar"), Files.readAllBytes(Path.of(args[1])));
    for (String jar : args[2].split(java.io.File.pathSeparator)) {
      Path source = Path.of(jar);
      if (!jar.endsWith(".jar")) {
        continue; // the classes that are in longhaul.jar
      }
      Path target = lib.resolve(source.getFileName());
      wanted.add(target);
      changed |= replace(target, modern(source));
    }
    try (var jars = Files.list(lib)) {
      for (Path jar : (Iterable<Path>) jars.filter(j -> !wanted.contains(j))::iterator) {
        Files.delete(jar);
        changed = true;
      }
    }
    if (changed) {
      delete(folder.resolve("jdk"));
    }
    Path built = folder.resolve("built");
    Files.write(built, new byte[0]);
    Files.setLastModifiedTime(built, FileTime.from(Instant.parse(args[3])));
  }

  private static boolean replace(Path target, byte[] content) throws IOException {
    if (Files.exists(target) && Arrays.equals(Files.readAllBytes(target), content)) {
      return false;
    }
    Path fresh = target.resolveSibling(target.getFileName() + ".new");
    Files.write(fresh, content);
    Files.move(fresh, target, StandardCopyOption.REPLACE_EXISTING);
    return true;
  }

  /** The jar's bytes, with its old classes brought up to date. */
  private static byte[] modern(Path jar) throws IOException {
    var result = new java.io.ByteArrayOutputStream();
    int old = 0;
    try (var loader = new URLClassLoader(new URL[] {jar.toUri().toURL()});
        var in = new ZipInputStream(Files.newInputStream(jar));
        var out = new ZipOutputStream(result)) {
      // The stack maps name common superclasses, which the other classes of the jar tell.
      ClassFile classFile =
          ClassFile.of(
              StackMapsOption.GENERATE_STACK_MAPS,
              ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofClassLoading(loader)));
      for (ZipEntry entry; (entry = in.getNextEntry()) != null; ) {
        byte[] bytes = in.readAllBytes();
        if (entry.getName().endsWith(".class")) {
          ClassModel model = classFile.parse(bytes);
          if (model.majorVersion() < STACK_MAPS) {
            bytes = classFile.transformClass(model, MODERNIZE);
            old++;
          }
        }
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setTime(entry.getTime());
        out.putNextEntry(copy);
        out.write(bytes);
        out.closeEntry();
      }
    }
    return old == 0 ? Files.readAllBytes(jar) : result.toByteArray();
  }

  /** Sets the version, and takes each method apart and together again, which makes its stack map. */
  private static final ClassTransform MODERNIZE =
      ((ClassTransform)
              (builder, element) -> {
                if (element instanceof ClassFileVersion) {
                  builder.withVersion(MODERN, 0);
                } else {
                  builder.with(element);
                }
              })
          .andThen(ClassTransform.transformingMethodBodies((code, element) -> code.with(element)));

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
