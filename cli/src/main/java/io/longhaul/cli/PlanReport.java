package io.longhaul.cli;

import io.longhaul.cli.store.Sizes;
import io.longhaul.engine.plan.CacheRows.Content;
import io.longhaul.engine.plan.Change;
import io.longhaul.engine.plan.MachineMemory;
import io.longhaul.engine.plan.MemoryBandwidth;
import io.longhaul.engine.plan.MemoryUse;
import io.longhaul.engine.plan.ModelShape.Amount;
import io.longhaul.engine.plan.ModelStructure;
import io.longhaul.engine.plan.Plan;
import io.longhaul.engine.plan.Speed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A plan, for people and for programs.
 *
 * @param model as the user named it
 * @param single the bandwidth of one processor, if it was measured
 */
record PlanReport(String model, Plan plan, Optional<MemoryBandwidth> single) {

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    ModelStructure structure = plan.shape().structure();
    lines.add(
        "%s: %s, %s parameters, %s active per token"
            .formatted(
                model,
                structure.architecture(),
                count(plan.shape().total().parameters()),
                count(plan.shape().active().parameters())));
    if (plan.shape().draft().parameters() > 0) {
      lines.add(
          "  (%s of them in %d draft layer(s), MTP; active: the trunk without the embedding)"
              .formatted(count(plan.shape().draft().parameters()), structure.draftLayers()));
    }
    weights(lines);
    cache(lines, structure);
    memory(lines);
    speed(lines);
    choices(lines);
    changes(lines);
    return lines;
  }

  private void weights(List<String> lines) {
    lines.add("");
    lines.add("weights");
    plan.shape().byType().forEach((type, amount) -> lines.add(amount(type.name(), amount)));
    plan.shape()
        .byRole()
        .forEach(
            (role, amount) ->
                lines.add(amount(role.name().toLowerCase(Locale.ROOT).replace('_', ' '), amount)));
    lines.add(amount("read per token", plan.shape().active()));
  }

  private void cache(List<String> lines, ModelStructure structure) {
    lines.add("");
    lines.add(
        "cache, %s, %,d tokens (the model was made for %,d)"
            .formatted(
                plan.cacheType().name().toLowerCase(Locale.ROOT),
                plan.context(),
                structure.contextLength()));
    for (Content content : Content.values()) {
      long perToken = plan.cache().bytesPerToken(content);
      if (perToken > 0) {
        lines.add(
            row(
                content.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                Sizes.bytes(perToken * plan.context()),
                "%,d bytes a token".formatted(perToken)));
      }
    }
  }

  private void memory(List<String> lines) {
    MemoryUse use = plan.memory();
    MachineMemory memory = plan.machine().memory();
    lines.add("");
    lines.add("memory");
    lines.add(row("weights", Sizes.bytes(use.weights()), ""));
    lines.add(row("cache", Sizes.bytes(use.cache()), ""));
    lines.add(row("work buffers", Sizes.bytes(use.buffers()), "estimated"));
    lines.add(row("JVM", Sizes.bytes(use.runtime()), "estimated"));
    lines.add(row("needed", Sizes.bytes(use.needed()), use.fits() ? "fits" : "does not fit"));
    lines.add(
        row(
            "available",
            Sizes.bytes(memory.available()),
            "of " + Sizes.bytes(memory.physical()) + ", " + memory.source()));
    if (!use.fits() && use.runs()) {
      lines.add(
          use.residentShare() < 1
              ? "  memory holds %s of the weights that every token reads"
                  .formatted(percent(use.residentShare()))
              : "  memory holds %s of the experts; the rest comes from the disk when it is chosen"
                  .formatted(percent(use.residentExperts())));
    }
  }

  private void speed(List<String> lines) {
    lines.add("");
    lines.add(
        "decode, memory %s%s, disk %s, threads: %d"
            .formatted(
                rate(plan.machine().bandwidth()),
                single
                    .map(one -> " (measured; one thread " + rate(one.bytesPerSecond()) + ")")
                    .orElse(""),
                rate(plan.machine().disk()),
                plan.machine().processors()));
    if (plan.speeds().isEmpty()) {
      lines.add("  cannot run: cache and buffers alone exceed the memory");
    }
    for (Speed speed : plan.speeds()) {
      lines.add(
          "  after %,9d tokens: at most %s tokens/s, likely %s (reads %s of weights%s, %s of cache)"
              .formatted(
                  speed.depth(),
                  number(speed.bound()),
                  number(speed.likely()),
                  Sizes.bytes(speed.weightBytes()),
                  speed.diskBytes() > 0
                      ? ", " + Sizes.bytes(speed.diskBytes()) + " from the disk"
                      : "",
                  Sizes.bytes(speed.cacheBytes())));
    }
  }

  private void choices(List<String> lines) {
    lines.add("");
    boolean published = plan.choices().stream().anyMatch(Plan.Choice::published);
    lines.add(published ? "published quantizations" : "quantizations, all matrices of one type");
    for (Plan.Choice choice : plan.choices()) {
      lines.add(
          row(
              choice.name(),
              Sizes.bytes(choice.bytes()),
              (choice.fits() ? "fits, " : "does not fit, ")
                  + Sizes.bytes(choice.needed())
                  + " needed"));
    }
  }

  private void changes(List<String> lines) {
    if (plan.changes().isEmpty()) {
      return;
    }
    lines.add("");
    lines.add("to make it fit, one of");
    for (Change change : plan.changes()) {
      lines.add("  " + text(change));
    }
  }

  static String text(Change change) {
    return switch (change) {
      case Change.Quantize(Plan.Choice choice) ->
          "take %s (%s), the largest quantization that fits"
              .formatted(choice.name(), Sizes.bytes(choice.bytes()));
      case Change.NoneFits(Plan.Choice smallest) ->
          "no quantization fits beside this cache; the smallest, %s, needs %s in all"
              .formatted(smallest.name(), Sizes.bytes(smallest.needed()));
      case Change.ShortenContext(long tokens) ->
          "shorten the context: --context %d is the longest that fits".formatted(tokens);
      case Change.NarrowCache(var type, long saved, boolean fits) ->
          "cache %s instead, which saves %s%s"
              .formatted(
                  type.name().toLowerCase(Locale.ROOT),
                  Sizes.bytes(saved),
                  fits ? "" : " (not enough alone)");
      case Change.AddMemory(long missing) -> "add memory: %s more".formatted(Sizes.bytes(missing));
    };
  }

  Map<String, Object> document() {
    ModelStructure structure = plan.shape().structure();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("model", model);
    map.put("architecture", structure.architecture());
    map.put("parameters", plan.shape().total().parameters());
    map.put("active_parameters", plan.shape().active().parameters());
    map.put("draft_parameters", plan.shape().draft().parameters());
    map.put("weights_by_type", amounts(plan.shape().byType()));
    map.put("weights_by_role", amounts(plan.shape().byRole()));
    map.put("active_bytes", plan.shape().active().bytes());
    map.put("context", plan.context());
    map.put("context_length", structure.contextLength());
    map.put("cache_type", plan.cacheType().name());
    map.put("cache_bytes_per_token", plan.cache().bytesPerToken());
    map.put("memory", memory());
    map.put("machine", machine());
    map.put("decode", plan.speeds().stream().map(PlanReport::speed).toList());
    map.put("quantizations", plan.choices().stream().map(PlanReport::choice).toList());
    map.put("changes", plan.changes().stream().map(PlanReport::text).toList());
    return map;
  }

  private Map<String, Object> memory() {
    MemoryUse use = plan.memory();
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("weights", use.weights());
    map.put("cache", use.cache());
    map.put("buffers", use.buffers());
    map.put("runtime", use.runtime());
    map.put("needed", use.needed());
    map.put("available", use.available());
    map.put("fits", use.fits());
    map.put("runs", use.runs());
    map.put("resident_share", use.residentShare());
    map.put("resident_experts", use.residentExperts());
    return map;
  }

  private Map<String, Object> machine() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("physical_memory", plan.machine().memory().physical());
    map.put("available_memory", plan.machine().memory().available());
    map.put("memory_source", plan.machine().memory().source());
    map.put("threads", plan.machine().processors());
    map.put("bandwidth", Math.round(plan.machine().bandwidth()));
    map.put("bandwidth_measured", single.isPresent());
    single.ifPresent(one -> map.put("bandwidth_of_one_thread", Math.round(one.bytesPerSecond())));
    map.put("disk", Math.round(plan.machine().disk()));
    return map;
  }

  private static Map<String, Object> speed(Speed speed) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("depth", speed.depth());
    map.put("weight_bytes", speed.weightBytes());
    map.put("cache_bytes", speed.cacheBytes());
    map.put("disk_bytes", speed.diskBytes());
    map.put("bound_tokens_per_second", speed.bound());
    map.put("likely_tokens_per_second", speed.likely());
    return map;
  }

  private static Map<String, Object> choice(Plan.Choice choice) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", choice.name());
    map.put("published", choice.published());
    map.put("bytes", choice.bytes());
    map.put("needed", choice.needed());
    map.put("fits", choice.fits());
    return map;
  }

  private static Map<String, Object> amounts(Map<? extends Enum<?>, Amount> amounts) {
    Map<String, Object> map = new LinkedHashMap<>();
    amounts.forEach(
        (key, amount) ->
            map.put(
                key.name(), Map.of("parameters", amount.parameters(), "bytes", amount.bytes())));
    return map;
  }

  private static String amount(String name, Amount amount) {
    return row(name, Sizes.bytes(amount.bytes()), count(amount.parameters()) + " parameters");
  }

  private static String row(String name, String size, String remark) {
    return "  %-18s %10s  %s".formatted(name, size, remark).stripTrailing();
  }

  private static String count(long parameters) {
    return parameters >= 1_000_000_000
        ? String.format(Locale.ROOT, "%,.2f B", parameters / 1e9)
        : String.format(Locale.ROOT, "%.2f M", parameters / 1e6);
  }

  private static String rate(double bytesPerSecond) {
    return number(bytesPerSecond / 1e9) + " GB/s";
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", share * 100);
  }

  /** Three digits, however small. */
  private static String number(double value) {
    int decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 0.1 ? 2 : 4;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }
}
