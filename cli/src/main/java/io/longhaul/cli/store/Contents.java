package io.longhaul.cli.store;

import java.util.List;

/**
 * What is in the store.
 *
 * @param problems one line for each model that is damaged
 */
public record Contents(
    List<InstalledModel> models, List<Unfinished> unfinished, List<String> problems) {

  /**
   * A pull that broke off and can be gone on from.
   *
   * @param bytes on the disk
   */
  public record Unfinished(String name, long bytes) {}
}
