from microgradlab.value import *
from microgradlab.modes import no_grad, detect_anomaly
from microgradlab.value import Value
