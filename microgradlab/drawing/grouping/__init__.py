"""Large graphs made small: which values belong to which neuron, layer, sample. Floor 8."""
