package io.longhaul.cli.store;

import java.net.URI;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A file to download.
 *
 * @param name its name here
 * @param size in bytes, if known beforehand
 * @param checksum if known beforehand
 */
record RemoteFile(String name, URI uri, OptionalLong size, Optional<Checksum> checksum) {}
