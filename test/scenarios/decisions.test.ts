// Every decision story, told in an office with the product's own extension.
import { tellDecisions } from './decisions'

tellDecisions('extension')
