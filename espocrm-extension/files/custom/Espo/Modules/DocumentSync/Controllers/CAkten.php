<?php

namespace Espo\Modules\DocumentSync\Controllers;

use Espo\Core\Controllers\Record;

/** EspoCRM serves an entity only where a class of its name exists; everything else is metadata. */
class CAkten extends Record
{}
