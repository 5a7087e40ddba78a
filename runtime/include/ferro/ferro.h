// All of FerroScript's library.
#pragma once

#include "ferro/Attributes.h"
#include "ferro/Autograd.h"
#include "ferro/Cache.h"
#include "ferro/CompileOptions.h"
#include "ferro/Creation.h"
#include "ferro/DType.h"
#include "ferro/Device.h"
#include "ferro/Error.h"
#include "ferro/Ops.h"
#include "ferro/Partition.h"
#include "ferro/Result.h"
#include "ferro/Script.h"
#include "ferro/Shape.h"
#include "ferro/Tensor.h"
#include "ferro/Threads.h"
#include "ferro/TracedModule.h"
