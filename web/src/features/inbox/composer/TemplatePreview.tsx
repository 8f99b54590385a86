// A template as the customer will see it, filled in as far as it is.
import type { Media, Template, TemplateContent } from '../../../api/types'
import { Template as TemplateCard } from '../thread/Cards'
import { fill, type TemplateValues } from './rules'
import classes from './TemplateDialog.module.css'

const names = (parameters: { name: string }[]) => parameters.map((parameter) => parameter.name)

/** Where an answer names no header text, Meta's own components do. */
function headerText(template: Template): string | null {
  if (template.header != null) return template.header
  const component = template.components.find((each) => (each as { type?: string }).type?.toUpperCase() === 'HEADER')
  return (component as { text?: string } | undefined)?.text ?? null
}

export function templateShown(template: Template, values: TemplateValues, media: Media | null): TemplateContent {
  const header = headerText(template)
  return {
    name: template.name,
    language: template.language,
    category: template.category,
    header: header && fill(header, names(template.parameters.header), values.header),
    body: fill(template.body, names(template.parameters.body), values.body),
    footer: template.footer,
    buttons: template.buttons,
    media,
  }
}

export function TemplatePreview({ template, values, media }: { template: Template; values: TemplateValues; media: Media | null }) {
  return (
    <div className={classes.bubble} dir="auto">
      <TemplateCard content={templateShown(template, values, media)} />
    </div>
  )
}
