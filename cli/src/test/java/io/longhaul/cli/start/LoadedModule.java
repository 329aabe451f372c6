package io.longhaul.cli.start;

/** A program that loads the module of the Vector API, and then checks its speed. */
final class LoadedModule {
  private LoadedModule() {}

  public static void main(String[] args) {
    VectorModule.ensureLoaded();
    VectorCheck.main(args);
  }
}
