package io.longhaul.engine.text.template;

import java.util.List;

/** The filters that apply a filter or a test to each item, one by one as they are asked for. */
final class MappingFilters {
  private MappingFilters() {}

  static Object apply(String name, Rendering run, Object value, Arguments arguments) {
    return name.equals("map")
        ? new Mapped(run, value, arguments)
        : new Selected(name, run, value, arguments);
  }

  private static final class Mapped extends LazyFilter {
    private final Rendering run;
    private final Object value;
    private final Arguments arguments;
    private Generator items;
    private AttributePath path;
    private Object otherwise;
    private String filter;
    private Arguments filterArguments;

    Mapped(Rendering run, Object value, Arguments arguments) {
      super(run.budget());
      this.run = run;
      this.value = value;
      this.arguments = arguments;
    }

    @Override
    Object step() {
      if (items == null) {
        if (!Types.truth(value)) {
          return END;
        }
        prepare();
        items = Iteration.over(value);
      }
      Object item = items.next();
      if (Generator.isEnd(item)) {
        return END;
      }
      Object result =
          path != null
              ? path.get(item, otherwise, run.budget())
              : Filters.apply(filter, run, item, filterArguments);
      return result;
    }

    private void prepare() {
      if (arguments.size() == 0 && arguments.named().containsKey("attribute")) {
        Object[] given = arguments.bind("map", 0, "attribute", "default");
        path = AttributePath.of(given[0]);
        otherwise = Undefined.isMissing(given[1]) ? null : given[1];
        return;
      } else if (arguments.size() == 0) {
        throw new TemplateError("map requires a filter argument");
      }
      filter = filterName(arguments.positional().get(0));
      filterArguments = arguments.drop(1);
    }

    private static String filterName(Object name) {
      if (!(name instanceof Text text) || !Filters.NAMES.contains(text.value)) {
        throw new TemplateError("No filter named " + Types.shortRepr(name) + ".");
      }
      return text.value;
    }
  }

  private static final class Selected extends LazyFilter {
    private final boolean wanted;
    private final boolean byAttribute;
    private final Rendering run;
    private final Object value;
    private final Arguments arguments;
    private Generator items;
    private AttributePath path;
    private String test;
    private Arguments testArguments;

    Selected(String name, Rendering run, Object value, Arguments arguments) {
      super(run.budget());
      this.wanted = name.startsWith("select");
      this.byAttribute = name.endsWith("attr");
      this.run = run;
      this.value = value;
      this.arguments = arguments;
    }

    @Override
    Object step() {
      if (items == null) {
        if (!Types.truth(value)) {
          return END;
        }
        prepare();
        items = Iteration.over(value);
      }
      for (Object item = items.next(); !Generator.isEnd(item); item = items.next()) {
        budget().steps(1);
        Object tested = path.get(item, run.budget());
        boolean holds =
            test == null ? Types.truth(tested) : Tests.holds(test, run, tested, testArguments);
        if (holds == wanted) {
          return item;
        }
      }
      return END;
    }

    private void prepare() {
      List<Object> given = arguments.positional();
      int first = byAttribute ? 1 : 0;
      if (given.size() < first) {
        throw new TemplateError("Missing parameter for attribute name");
      }
      path = AttributePath.of(byAttribute ? given.get(0) : null);
      if (given.size() > first) {
        Object name = given.get(first);
        if (!(name instanceof Text text) || !Tests.NAMES.contains(text.value)) {
          throw new TemplateError("No test named " + Types.shortRepr(name) + ".");
        }
        test = text.value;
        testArguments = arguments.drop(first + 1);
      }
    }
  }
}
