package io.longhaul.cli.store;

/**
 * What a pull came to.
 *
 * @param fetched false if the model was in the store before
 */
public record PullResult(InstalledModel model, boolean fetched) {}
