package io.longhaul.cli.store;

/**
 * One file of a model.
 *
 * @param name the file's name inside the model's folder
 * @param size in bytes
 * @param sha256 64 lower-case hexadecimal digits
 */
public record ModelFile(String name, long size, String sha256) {}
