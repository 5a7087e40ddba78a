// The tile language.
#pragma once

#include "ferro/Attributes.h"

#include "cutile/Convert.h"
#include "cutile/Float.h"
#include "cutile/Math.h"
#include "cutile/Tile.h"
