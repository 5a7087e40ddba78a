// The tile language.
#pragma once

#include "ferro/Attributes.h"

#include "cutile/Access.h"
#include "cutile/Atomics.h"
#include "cutile/Compare.h"
#include "cutile/Convert.h"
#include "cutile/Coord.h"
#include "cutile/Debug.h"
#include "cutile/Float.h"
#include "cutile/Global.h"
#include "cutile/Grid.h"
#include "cutile/Integer.h"
#include "cutile/MappedPartition.h"
#include "cutile/Math.h"
#include "cutile/Mma.h"
#include "cutile/Operators.h"
#include "cutile/Partition.h"
#include "cutile/Pointer.h"
#include "cutile/Random.h"
#include "cutile/Reduce.h"
#include "cutile/Shapes.h"
#include "cutile/Tile.h"
#include "cutile/Token.h"
#include "cutile/View.h"
#ifndef __FERRO_JIT__
#include "cutile/Foreign.h"
#include "cutile/Launch.h"
#include "cutile/Launcher.h"
#include "cutile/Module.h"
#include "cutile/Ranks.h"
#endif
