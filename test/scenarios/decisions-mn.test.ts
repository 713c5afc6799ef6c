// Every decision story, told in an office whose documents can belong to several Akten.
import { tellDecisions } from './decisions'

tellDecisions('predecessor-mn')
