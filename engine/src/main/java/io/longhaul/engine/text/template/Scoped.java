package io.longhaul.engine.text.template;

/** A statement whose names concern nobody outside of it. */
interface Scoped {}
