// Every decision story, told in an office whose EspoCRM has the predecessor's names and hooks.
import { tellDecisions } from './decisions'

tellDecisions('predecessor')
