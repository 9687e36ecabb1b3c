"""The only place that knows anywidget, traitlets and the kernel."""
