/**
 * The start of the process: the Vector API without its warning, and the cache that makes a start
 * fast.
 *
 * <p>{@code jdk.incubator.vector} is an incubator module. Asked for with {@code --add-modules}, it
 * costs a warning on stderr at every start ({@code
 * jdk.internal.module.ModuleBootstrap.checkIncubatingStatus}) and the archived module graph. So the
 * launcher runs a copy of its classes, taken from the JDK in use, on the boot class path; there the
 * AOT cache (JEP 483, 514, 515) keeps both the classes and the graph. {@link
 * io.longhaul.cli.start.FastStart} makes that copy and that cache. Where they are missing, {@link
 * io.longhaul.cli.start.VectorModule} loads the module into the running JVM: as fast in the long
 * run, slower by a tenth of a second at the start.
 */
package io.longhaul.cli.start;
